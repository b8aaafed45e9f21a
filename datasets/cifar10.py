"""CIFAR-10: small photographs of animals and vehicles.

60,000 images, uint8, 32 x 32 x 3 (RGB): 50,000 to train, 10,000 to test. Ten classes, exactly balanced
(5,000 and 1,000 a class) and mutually exclusive: 'automobile' holds no pick-up trucks, 'truck' only big
ones.

Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009,
https://www.cs.toronto.edu/~kriz/cifar.html. Licence: none stated; the authors ask to be cited. A labelled
part of the 80 Million Tiny Images, which their makers withdrew in 2020 (offensive categories; CIFAR-10's
ten are not among them).

Known defects: 0.54% of the test labels are wrong (Northcutt, Athalye, Mueller 2021,
https://arxiv.org/abs/2103.14749); 3.3% of the test images have a near-duplicate among the training images
(Barz, Denzler 2020, ciFAIR, https://arxiv.org/abs/1902.00423).

Checksums: the archive's as in Keras (sha256) and torchvision (md5), the batches' as in torchvision.
"""

import numpy as np
from numpy.typing import NDArray

from datasets import _synthetic
from datasets._formats import CIFAR_FOLDER, read_cifar_folder, read_cifar_tar
from datasets._spec import File, Layout, Spec
from datasets._synthetic import Part, Shapes, disc, poly, rod

SPEC = Spec(
    name="cifar10",
    title="CIFAR-10",
    shape=(32, 32, 3),
    mirrorable=True,
    class_names=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    train_counts=(5000,) * 10,
    test_counts=(1000,) * 10,
    layouts=(
        Layout(
            # The second is where Keras's own loader unpacks the archive.
            folders=(CIFAR_FOLDER, f"cifar-10-batches-py-target/{CIFAR_FOLDER}"),
            files=(
                File("data_batch_1", 31_035_704, ("md5:c99cafc152244af753f735de768cd75f",)),
                File("data_batch_2", 31_035_320, ("md5:d4bba439e000b95fd0a9bffe97cbabec",)),
                File("data_batch_3", 31_035_999, ("md5:54ebc095f3ab1f0389bbae665268c751",)),
                File("data_batch_4", 31_035_696, ("md5:634d18415352ddfa80567beed471001a",)),
                File("data_batch_5", 31_035_623, ("md5:482c414d41f54cd18b22e5b47cb7c3cb",)),
                File("test_batch", 31_035_526, ("md5:40351d587109b95175f43aff81a1287e",)),
            ),
            read=read_cifar_folder,
        ),
        Layout(
            folders=("", "cifar10"),
            files=(
                File(
                    "cifar-10-python.tar.gz",
                    170_498_071,
                    (
                        "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                        "md5:c58f30108f718f92721af3b95e74349a",
                    ),
                    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                ),
            ),
            read=read_cifar_tar,
        ),
    ),
)


# The stand-in --------------------------------------------------------------------------------------------------

# Roles: body, its shaded side, second colour, dark, glass, light, horn, cargo.
_B, _L, _S, _D, _G, _W, _H, _C = range(8)


def _pins(role: int, y0: float, y1: float, r0: float, r1: float, *x: float) -> list[Part]:
    """Legs, masts or wheels: a rod for each pair of a top's and a foot's x."""
    return [rod(role, top, y0, r0, foot, y1, r1) for top, foot in zip(x[::2], x[1::2], strict=True)]


# Templates by class, facing right, in hundredths of half an image; the hindmost part first.
# fmt: off
_OBJECTS = Shapes.of((
    (  # airplane: from the side, from above, from the front
        (poly(_L, 0, -5, 22, -5, -12, -34, -24, -34), rod(_B, -75, -3, 7, 70, 0, 13), poly(_S, -85, -42, -66, -42, -42, -6, -74, -6),
         poly(_L, -75, -4, -58, -4, -82, 12, -92, 12), rod(_D, 2, 18, 6, 18, 18, 6), poly(_B, -12, 3, 24, 3, -28, 40, -46, 40),
         rod(_G, -40, -6, 2, 50, -6, 2), poly(_G, 64, -9, 76, -6, 78, -1, 64, -1)),
        (poly(_B, 30, 0, -5, 0, -38, -85, -22, -85), poly(_B, 30, 0, -5, 0, -38, 85, -22, 85),
         poly(_S, -58, 0, -76, 0, -88, -32, -76, -32), poly(_S, -58, 0, -76, 0, -88, 32, -76, 32), rod(_D, -5, -36, 5, 12, -36, 6),
         rod(_D, -5, 36, 5, 12, 36, 6), rod(_B, -80, 0, 5, 74, 0, 12), disc(_G, 70, 0, 7)),
        (rod(_S, 0, -10, 5, 0, -60, 3), rod(_L, -30, -34, 3, 30, -34, 3), rod(_B, 0, 6, 9, -90, -10, 2), rod(_B, 0, 6, 9, 90, -10, 2),
         disc(_B, 0, 0, 21), disc(_D, -42, 8, 9), disc(_D, 42, 8, 9), poly(_G, -12, -9, 12, -9, 9, -1, -9, -1)),
    ),
    (  # automobile: from the side, from the front
        (poly(_B, -52, -4, -30, -38, 18, -38, 46, -4), poly(_G, -42, -6, -26, -31, -8, -31, -8, -6),
         poly(_G, -3, -6, -3, -31, 15, -31, 35, -6), poly(_B, -86, -6, 76, -4, 88, 8, 85, 28, -87, 28), rod(_L, -80, 24, 4, 80, 24, 4),
         *_pins(_D, 29, 30, 17, 17, -52, -51, 52, 53), *_pins(_W, 29, 30, 7, 7, -52, -51, 52, 53), disc(_W, 80, 6, 6)),
        (*_pins(_D, 30, 46, 10, 10, -50, -50, 50, 50), poly(_B, -52, -2, -38, -46, 38, -46, 52, -2),
         poly(_G, -44, -4, -33, -39, 33, -39, 44, -4), poly(_B, -60, -4, 60, -4, 68, 10, 66, 38, -66, 38, -68, 10),
         poly(_D, -30, 10, 30, 10, 26, 22, -26, 22), disc(_W, -50, 10, 9), disc(_W, 50, 10, 9), rod(_L, -58, 31, 4, 58, 31, 4),
         poly(_W, -12, 27, 12, 27, 12, 34, -12, 34)),
    ),
    (  # bird: perched, in flight, wading
        (*_pins(_H, 25, 68, 3, 3, -5, -8, 12, 12), poly(_L, -25, 5, -85, 36, -78, 47, -20, 30), rod(_B, -24, 18, 17, 14, -2, 27),
         rod(_B, 14, -8, 22, 32, -38, 16), disc(_B, 34, -40, 18), rod(_S, -42, 22, 5, 6, 0, 16), poly(_H, 46, -47, 48, -34, 76, -38),
         disc(_D, 39, -44, 4), rod(_W, 22, 10, 9, 30, -10, 9)),
        (poly(_L, 0, 0, 28, 0, 44, -58, 22, -66), poly(_L, -35, -4, -75, -12, -80, 14, -35, 10), rod(_B, -40, 3, 8, 34, 0, 15),
         disc(_B, 48, -8, 12), poly(_H, 57, -12, 57, -4, 76, -6), disc(_D, 52, -10, 3), poly(_B, -18, 4, 20, 4, -12, -78, -42, -62),
         poly(_S, -30, -50, -12, -40, -16, -78, -46, -62)),
        (*_pins(_H, 10, 80, 3, 3, -12, -16, 2, 6), poly(_L, -30, -15, -70, 5, -66, 16, -20, 12), rod(_B, -28, 0, 15, 12, -6, 21),
         rod(_B, 18, -10, 9, 34, -55, 5), rod(_B, 34, -62, 8, 40, -62, 8), poly(_H, 46, -67, 46, -57, 84, -56), disc(_D, 41, -64, 3),
         rod(_S, -40, 2, 6, 0, -4, 12)),
    ),
    (  # cat: sitting, walking, its face
        (rod(_L, 24, 62, 8, 60, 30, 6), rod(_B, 0, 48, 34, 0, 0, 20), poly(_B, -30, -40, -24, -78, -4, -54),
         poly(_B, 30, -40, 24, -78, 4, -54), rod(_B, -6, -36, 26, 6, -36, 26), rod(_S, 0, 20, 12, 0, 40, 14),
         *_pins(_L, 30, 76, 8, 9, -14, -14, 14, 14), rod(_S, -6, -24, 9, 6, -24, 9), *_pins(_H, -42, -41, 6, 6, -12, -12, 12, 12),
         *_pins(_D, -42, -41, 3, 3, -12, -12, 12, 12), disc(_D, 0, -29, 4)),
        (rod(_B, -48, 2, 7, -80, -52, 5), *_pins(_L, 15, 66, 9, 6, -34, -40, 30, 26), rod(_B, -42, 10, 20, 34, 8, 19),
         *_pins(_B, 15, 68, 9, 6, -46, -52, 40, 46), poly(_B, 32, -22, 36, -52, 50, -30), poly(_B, 54, -26, 68, -50, 70, -18),
         rod(_B, 48, -12, 20, 54, -12, 19), rod(_S, 58, -5, 8, 64, -5, 8), *_pins(_H, -16, -15, 4, 4, 50, 50, 64, 64),
         disc(_D, 64, -9, 3)),
        (rod(_B, 0, 70, 50, 0, 90, 60), poly(_B, -62, -10, -56, -82, -12, -40), poly(_B, 62, -10, 56, -82, 12, -40),
         poly(_S, -52, -26, -50, -66, -24, -40), poly(_S, 52, -26, 50, -66, 24, -40), rod(_B, -14, 2, 50, 14, 2, 50),
         *_pins(_H, -8, -7, 12, 12, -26, -26, 26, 26), *_pins(_D, -12, -4, 5, 5, -26, -26, 26, 26), rod(_W, -10, 26, 15, 10, 26, 15),
         poly(_D, -8, 14, 8, 14, 0, 23), rod(_L, 0, -44, 4, 0, -28, 3)),
    ),
    (  # deer: a stag, a hind, its head
        (*_pins(_L, 5, 76, 7, 3, -38, -42, 22, 26), poly(_W, -56, -14, -46, -18, -48, 8), rod(_B, -38, -2, 19, 20, -2, 18),
         *_pins(_B, 5, 76, 7, 3, -46, -50, 30, 34), rod(_B, 26, -8, 12, 44, -44, 8), rod(_B, 46, -48, 10, 66, -40, 6),
         rod(_L, 42, -54, 4, 30, -56, 2), rod(_H, 48, -56, 3, 36, -86, 2), rod(_H, 42, -72, 2, 56, -82, 2),
         rod(_H, 50, -56, 3, 68, -84, 2), rod(_H, 58, -70, 2, 78, -68, 2), disc(_D, 54, -49, 3), disc(_D, 70, -38, 4)),
        (*_pins(_L, 5, 76, 7, 3, -38, -34, 22, 20), poly(_W, -56, -14, -46, -18, -48, 8), rod(_B, -38, -2, 18, 20, -2, 17),
         *_pins(_B, 5, 76, 7, 3, -46, -52, 30, 32), rod(_B, 24, -8, 11, 42, -54, 7), rod(_B, 44, -58, 10, 62, -50, 6),
         rod(_B, 42, -66, 5, 28, -76, 2), rod(_L, 46, -66, 4, 48, -82, 2), rod(_W, -20, 14, 4, 8, 14, 4), disc(_D, 51, -59, 3),
         disc(_D, 66, -48, 4)),
        (rod(_B, -10, 95, 45, 0, 30, 22), rod(_B, -20, -6, 6, -58, -20, 9), rod(_B, 20, -6, 6, 58, -20, 9),
         *_pins(_H, -20, -62, 4, 3, -14, -44, 14, 44), *_pins(_H, -60, -92, 3, 2, -44, -32, 44, 32),
         *_pins(_H, -46, -66, 3, 2, -30, -62, 30, 62), rod(_B, 0, 0, 25, 0, 40, 13), rod(_W, 0, 44, 9, 0, 48, 9),
         *_pins(_D, 0, 1, 5, 5, -18, -18, 18, 18), rod(_D, -4, 46, 5, 4, 46, 5)),
    ),
    (  # dog: sitting, standing, its face
        (rod(_L, 20, 66, 8, 56, 50, 5), rod(_B, 0, 48, 30, 0, 0, 21), rod(_B, -6, -42, 24, 6, -42, 24), rod(_L, -28, -52, 8, -36, -16, 9),
         rod(_L, 28, -52, 8, 36, -16, 9), rod(_W, 0, 12, 10, 0, 34, 12), *_pins(_B, 20, 76, 9, 10, -15, -16, 15, 16),
         rod(_S, 0, -30, 12, 0, -20, 13), *_pins(_D, -46, -45, 4, 4, -11, -11, 11, 11), rod(_D, -3, -26, 6, 3, -26, 6)),
        (rod(_B, -46, -6, 7, -70, -40, 4), *_pins(_L, 10, 72, 9, 6, -34, -38, 26, 22), rod(_B, -42, 4, 19, 28, 2, 22),
         *_pins(_B, 10, 74, 9, 6, -46, -52, 36, 42), rod(_B, 32, -4, 15, 46, -28, 14), disc(_B, 48, -34, 17),
         rod(_S, 56, -28, 11, 80, -24, 8), rod(_L, 38, -42, 8, 34, -16, 9), disc(_D, 56, -38, 4), disc(_D, 86, -28, 5)),
        (rod(_B, 0, 70, 46, 0, 90, 60), rod(_B, -10, -8, 44, 10, -8, 44), rod(_L, -50, -34, 14, -62, 32, 16),
         rod(_L, 50, -34, 14, 62, 32, 16), rod(_S, 0, -20, 8, 0, 16, 22), rod(_S, -4, 28, 24, 4, 28, 24),
         *_pins(_D, -12, -11, 8, 8, -23, -23, 23, 23), rod(_D, -7, 16, 10, 7, 16, 10), rod(_H, 0, 44, 7, 0, 54, 8)),
    ),
    (  # frog: from the side, from the front, from above
        (rod(_B, -42, 30, 24, 30, 2, 27), rod(_S, 10, 32, 16, 44, 14, 14), rod(_L, -54, 26, 20, -6, 44, 11),
         rod(_L, -6, 46, 9, -52, 62, 7), rod(_L, -52, 62, 6, -12, 66, 4), rod(_L, 28, 28, 10, 38, 62, 6), rod(_L, 38, 64, 5, 56, 66, 4),
         disc(_B, 30, -24, 14), disc(_H, 33, -25, 9), disc(_D, 34, -25, 5), rod(_D, 22, 8, 2, 58, 2, 2)),
        (rod(_L, -50, 30, 18, -66, 60, 12), rod(_L, 50, 30, 18, 66, 60, 12), rod(_B, -18, 20, 38, 18, 20, 38),
         rod(_S, -14, 40, 24, 14, 40, 24), *_pins(_L, 34, 68, 9, 7, -24, -32, 24, 32), *_pins(_B, -24, -22, 17, 17, -32, -32, 32, 32),
         *_pins(_H, -25, -24, 11, 11, -33, -33, 33, 33), *_pins(_D, -25, -24, 6, 6, -33, -33, 33, 33), rod(_D, -38, 12, 2, 38, 12, 2)),
        (rod(_L, -38, -24, 11, -8, -60, 9), rod(_L, -38, 24, 11, -8, 60, 9), rod(_L, -8, -60, 7, -60, -74, 5),
         rod(_L, -8, 60, 7, -60, 74, 5), rod(_L, 20, -20, 8, 44, -54, 5), rod(_L, 20, 20, 8, 44, 54, 5), rod(_B, -34, 0, 24, 26, 0, 31),
         rod(_S, -40, 0, 4, 20, 0, 5), disc(_B, 44, -20, 12), disc(_B, 44, 20, 12), disc(_D, 47, -23, 6), disc(_D, 47, 23, 6)),
    ),
    (  # horse: standing, galloping
        (rod(_D, -54, -12, 7, -66, 42, 9), *_pins(_L, 5, 76, 10, 5, -36, -38, 22, 22), rod(_B, -36, -4, 23, 20, -4, 22),
         *_pins(_B, 5, 76, 10, 5, -46, -48, 32, 34), rod(_B, 24, -10, 18, 48, -48, 11), rod(_D, 18, -26, 5, 40, -62, 5),
         rod(_B, 50, -52, 12, 74, -28, 8), poly(_B, 42, -60, 46, -76, 52, -60), disc(_D, 57, -50, 3)),
        (rod(_D, -54, -14, 6, -88, -6, 8), rod(_L, -36, 0, 11, -72, 46, 5), rod(_L, 22, 2, 10, 62, 36, 5),
         rod(_B, -36, -8, 21, 20, -10, 20), rod(_B, -44, 0, 11, -50, 60, 5), rod(_B, 30, 0, 10, 40, 42, 6), rod(_B, 40, 42, 5, 22, 54, 4),
         rod(_B, 26, -16, 16, 54, -46, 10), rod(_D, 18, -30, 5, 44, -58, 5), rod(_B, 56, -50, 11, 82, -38, 7),
         poly(_B, 48, -56, 50, -72, 57, -58), disc(_D, 63, -51, 3)),
    ),
    (  # ship: a liner, under sail, a freighter
        (poly(_S, -66, -14, 44, -14, 52, 10, -70, 10), poly(_W, -50, -32, 26, -32, 32, -14, -52, -14),
         poly(_D, -20, -56, -2, -56, 0, -32, -18, -32), poly(_W, -20, -47, -2, -47, -2, -42, -20, -42), rod(_L, 22, -30, 2, 22, -66, 1),
         poly(_B, -86, 6, 92, 0, 70, 36, -76, 36), rod(_G, -54, -4, 2, 36, -4, 2), rod(_W, -70, 13, 1, 74, 11, 1)),
        (rod(_L, 0, 30, 3, 0, -85, 2), poly(_W, -5, -80, -5, 18, -58, 18), poly(_S, 5, -70, 5, 18, 52, 18),
         poly(_B, -66, 26, 74, 24, 52, 50, -50, 50), rod(_L, -60, 21, 2, 4, 21, 2), rod(_W, -60, 33, 1, 60, 32, 1)),
        (*_pins(_L, 0, -52, 2, 1, -10, -10, 36, 36), poly(_W, -78, -44, -46, -44, -46, 8, -80, 8), rod(_G, -72, -34, 3, -52, -34, 3),
         poly(_C, -38, -14, -6, -14, -6, 8, -38, 8), poly(_S, -4, -20, 26, -20, 26, 8, -4, 8), poly(_H, 30, -10, 56, -10, 56, 8, 30, 8),
         poly(_B, -90, 4, 92, -2, 78, 34, -82, 34), rod(_D, -80, 30, 4, 74, 30, 4)),
    ),
    (  # truck: with a box, from the front, with a bed
        (poly(_C, -88, -54, 30, -54, 30, 18, -88, 18), poly(_B, 36, -34, 68, -34, 82, -4, 84, 24, 36, 24),
         poly(_G, 48, -28, 65, -28, 75, -6, 48, -6), rod(_D, -84, 22, 5, 80, 22, 5),
         *_pins(_D, 31, 32, 15, 15, -64, -63, -30, -29, 58, 59), *_pins(_W, 31, 32, 6, 6, -64, -63, -30, -29, 58, 59),
         rod(_S, -80, -18, 5, 22, -18, 5), disc(_W, 80, 8, 5)),
        (*_pins(_D, 30, 56, 10, 10, -44, -44, 44, 44), poly(_C, -50, -82, 50, -82, 50, 20, -50, 20),
         poly(_B, -54, -48, 54, -48, 56, 44, -56, 44), poly(_G, -46, -40, 46, -40, 46, -10, -46, -10),
         poly(_D, -28, 4, 28, 4, 28, 26, -28, 26), disc(_W, -44, 20, 8), disc(_W, 44, 20, 8), rod(_W, -52, 38, 5, 52, 38, 5)),
        (poly(_C, -88, -26, 18, -32, 20, 14, -76, 14), rod(_L, -86, -28, 3, 18, -33, 3),
         poly(_B, 24, -50, 56, -50, 64, -14, 86, -8, 86, 26, 24, 26), poly(_G, 32, -42, 52, -42, 58, -14, 32, -14),
         rod(_D, -78, 22, 5, 80, 22, 5), *_pins(_D, 32, 33, 18, 18, -54, -53, 58, 59), *_pins(_W, 32, 33, 7, 7, -54, -53, 58, 59),
         disc(_W, 82, 4, 6)),
    ),
))

# Colours, red, green, blue: black, grey, silver, white, brown, tan, ginger, red, green, blue, yellow, navy, olive.
_COLOURS = np.array((
    (.12, .12, .12), (.45, .45, .46), (.68, .7, .73), (.92, .92, .9), (.4, .27, .17), (.68, .54, .38), (.74, .46, .22),
    (.75, .13, .12), (.3, .55, .2), (.2, .38, .72), (.85, .72, .2), (.14, .19, .33), (.42, .42, .2)), np.float32)
_PAINTS, _FURS = (0, 1, 2, 3, 7, 7, 8, 9, 10, 11), (0, 1, 1, 3, 4, 4, 5, 6)
_BODIES = ((1, 2, 2, 3, 3, 3, 9, 11), _PAINTS, (0, 1, 3, 4, 4, 5, 7, 9, 10), _FURS, (4, 4, 5, 5, 6, 1), _FURS,
           (8, 8, 8, 12, 12, 4, 5), (4, 4, 4, 0, 1, 3, 5, 6), (0, 1, 1, 3, 3, 7, 9, 11), _PAINTS)

# Grounds: what is above and below the horizon, and how likely each is, by class, in fortieths.
_GROUNDS = np.array((  # sky, clouds, meadow, wood, road, sea, room, studio, sand
    ((.5, .68, .9), (.62, .76, .92)), ((.75, .78, .82), (.6, .64, .7)), ((.66, .78, .88), (.38, .52, .22)),
    ((.2, .3, .14), (.36, .4, .18)), ((.62, .62, .6), (.42, .42, .43)), ((.68, .78, .88), (.22, .4, .54)),
    ((.66, .56, .44), (.46, .32, .22)), ((.9, .9, .9), (.84, .84, .84)), ((.6, .62, .55), (.66, .56, .4))), np.float32)
_LIKELY = np.array((
    (14, 8, 3, 1, 6, 3, 1, 3, 1), (2, 3, 6, 3, 14, 1, 2, 6, 3), (8, 4, 7, 8, 1, 4, 1, 4, 3),
    (1, 1, 6, 3, 3, 1, 15, 7, 3), (2, 2, 13, 13, 2, 1, 1, 2, 4),
    (1, 1, 10, 3, 4, 2, 10, 5, 4), (1, 1, 8, 10, 2, 4, 3, 6, 5),
    (3, 2, 15, 6, 3, 1, 2, 2, 6), (5, 5, 1, 1, 2, 22, 1, 2, 1), (3, 3, 6, 3, 14, 1, 2, 5, 3)))
# fmt: on


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw the stand-in: objects made of parts, images (N, 32, 32, 3) uint8 for labels (N,)."""
    n = len(labels)
    canvas = _scenery(labels, rng)
    chosen = _OBJECTS.pick(labels, rng)
    rods = _OBJECTS.rods[chosen]
    points = _OBJECTS.corners[chosen] / np.float32(100)
    # Limbs swing, and nothing sits where it sits in the next picture.
    points += _synthetic.normal(rng, 0.02, *rods.shape, 1, 2)
    points += _synthetic.normal(rng, 0.03, *points.shape) * rods[..., None, None]
    points, zoom = _synthetic.place(
        points, rng, scale=(0.65, 1.1), aspect=0.1, turn=0.12, slant=0.08, shift=0.12, wobble=0.03
    )
    mirrored = np.where(rng.random(n) < 0.5, -1, 1).astype(np.float32)
    points[..., 0] *= mirrored[:, None, None]
    radii = _OBJECTS.radii[chosen] * (zoom * _synthetic.uniform(rng, 0.0085, 0.012, n))[:, None, None]
    softness = _synthetic.uniform(rng, 0.07, 0.15, n)
    roles = _OBJECTS.roles[chosen]
    colours = _palette(labels, rng)[np.arange(n)[:, None], roles]
    _synthetic.paint(canvas, points, radii, rods, colours, softness, shade=0.25, shown=roles >= 0)
    _clutter(canvas, rng, count=2, shown=0.4)
    # The light has a strength, a colour and a side; the camera adds grain.
    canvas *= 1 + 0.1 * _synthetic.noise(rng, n, 32, 8)
    slope = _synthetic.normal(rng, 0.12, 2, n, 1, 1)
    at = _synthetic.grid(32)
    canvas *= _synthetic.uniform(rng, 0.7, 1.2, n, 1, 1) + slope[0] * at + slope[1] * at[:, None]
    canvas *= 1 + _synthetic.normal(rng, 0.06, 3, n, 1, 1)
    canvas += _synthetic.normal(rng, 0.03, 3, n, 32, 32)
    return _synthetic.finish(canvas)


def _scenery(labels: NDArray[np.uint8], rng: np.random.Generator) -> _synthetic.Floats:
    """Textured grounds with a horizon and things far away, (3, N, 32, 32): tied to the class, loosely."""
    n = len(labels)
    share = np.cumsum(_LIKELY, axis=1) / _LIKELY.sum(axis=1, keepdims=True)
    kind = (rng.random((n, 1)) > share[labels]).sum(axis=1)
    tones = _GROUNDS[kind] + _synthetic.normal(rng, 0.07, n, 2, 3)
    above, below = (np.moveaxis(tones[:, side], 0, 1)[..., None, None] for side in (0, 1))
    at, slope = _synthetic.grid(32), _synthetic.normal(rng, 0.08, n, 1, 1)
    horizon = _synthetic.uniform(rng, -0.5, 0.7, n, 1, 1) + slope * at
    haze = _synthetic.uniform(rng, 0.07, 0.6, n, 1, 1)
    canvas: _synthetic.Floats = above + _synthetic.coverage(horizon - at[:, None], haze) * (below - above)
    coarse, fine = _synthetic.uniform(rng, 0, 0.1, 2, n, 1, 1)
    canvas += coarse * _synthetic.noise(rng, n, 32, 4) + fine * _synthetic.noise(rng, n, 32, 12)
    _clutter(canvas, rng, count=3, shown=0.5)
    return canvas


def _palette(labels: NDArray[np.uint8], rng: np.random.Generator) -> _synthetic.Floats:
    """Each picture's colours by role, (N, roles, 3)."""
    n = len(labels)
    options = np.array([len(bodies) for bodies in _BODIES])[labels]
    body = _COLOURS[np.array([_BODIES[c][i] for c, i in zip(labels, rng.integers(0, options), strict=True)])]
    other = _COLOURS[rng.integers(0, len(_COLOURS), (n, 2))]
    second = body + _synthetic.uniform(rng, 0.1, 0.7, n, 1) * (other[:, 0] - body)
    dark, glass, light, horn = np.array(
        ((0.1, 0.1, 0.1), (0.3, 0.38, 0.45), (0.9, 0.88, 0.84), (0.66, 0.52, 0.28)), np.float32
    )[:, None].repeat(n, axis=1)
    table = np.stack([body, 0.7 * body, second, dark, glass, light, horn, other[:, 1]], axis=1)
    table += _synthetic.normal(rng, 0.05, n, 1, 3)
    return np.clip(table + _synthetic.normal(rng, 0.05, *table.shape), 0.02, 1)


def _clutter(canvas: _synthetic.Floats, rng: np.random.Generator, count: int, shown: float) -> None:
    """Paint up to `count` poles, branches and blocks onto each picture."""
    n = canvas.shape[1]
    middle = _synthetic.uniform(rng, -1.1, 1.1, n, count, 1, 2)
    turn = np.sort(_synthetic.uniform(rng, 0, 2 * np.pi, n, count, 6), axis=-1)
    rods = rng.random((n, count)) < 0.6
    reach = _synthetic.uniform(rng, 0.4, 1, n, count, 1) * np.where(rods, 0.9, 0.3)[..., None]
    corners = middle + np.stack([np.cos(turn), np.sin(turn)], axis=-1) * reach[..., None].astype(np.float32)
    radii = _synthetic.uniform(rng, 0.02, 0.07, n, count, 2)
    colours = _COLOURS[rng.integers(0, len(_COLOURS), (n, count))] + _synthetic.normal(rng, 0.06, n, count, 3)
    there = rng.random((n, count)) < shown
    softness = _synthetic.uniform(rng, 0.07, 0.3, n)
    _synthetic.paint(canvas, corners, radii, rods, colours, softness, shade=0.15, shown=there)
