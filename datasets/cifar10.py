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

from datasets._formats import CIFAR_FOLDER, read_cifar_folder, read_cifar_tar
from datasets._spec import File, Layout, Spec

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
