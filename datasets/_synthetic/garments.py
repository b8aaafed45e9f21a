"""The ten kinds of garments of synthetic Fashion-MNIST, as parts in several templates per class."""

from itertools import pairwise

import numpy as np

from datasets._synthetic.shapes import Part, Shapes, disc, poly, rod

# What a part is made of. Trim may be missing, and so may a slit; everything else is always there.
_CLOTH, _SECOND, _HOLE, _TRIM, _OFTEN, _SELDOM, _SLIT = range(7)
SHOWN = np.array((1, 1, 1, 1, 0.8, 0.4, 0.6), np.float32)


def _both(role: int, *xy: float) -> tuple[Part, Part]:
    """Make a polygon and its mirror image."""
    return poly(role, *xy), poly(role, *(-value if at % 2 == 0 else value for at, value in enumerate(xy)))


def _strap(role: int, r: float, *xy: float) -> tuple[Part, ...]:
    """Make a strap of half width r along x, y, x, y ..."""
    return tuple(Part(role, ends, (r, r)) for ends in pairwise(zip(xy[::2], xy[1::2], strict=True)))


# fmt: off
_BODY = poly(_CLOTH, -.38, -.84, .38, -.84, .5, -.55, .46, .86, -.46, .86, -.5, -.55)
_WIDE = poly(_CLOTH, -.42, -.84, .42, -.84, .52, -.55, .53, .92, -.53, .92, -.52, -.55)
_SLIM = poly(_CLOTH, -.3, -.84, .3, -.84, .4, -.5, .42, .86, -.42, .86, -.4, -.5)
_LONG = _both(_SECOND, .3, -.85, .55, -.72, .72, -.1, .86, .74, .64, .8, .42, -.2)
_LOOSE = _both(_SECOND, .3, -.86, .6, -.7, .84, 0, .9, .62, .62, .68, .4, 0)
_SHORT = _both(_SECOND, .28, -.85, .52, -.76, .86, -.3, .64, -.1, .4, -.3)
_CAP = _both(_SECOND, .25, -.85, .5, -.8, .68, -.4, .5, -.3)
_ROUND = poly(_HOLE, -.2, -.9, .2, -.9, .16, -.78, 0, -.7, -.16, -.78)
_VEE = poly(_HOLE, -.17, -.88, .17, -.88, 0, -.5)
_TURTLE = poly(_SECOND, -.2, -.98, .2, -.98, .22, -.76, -.22, -.76)
_PRINT = poly(_SELDOM, -.26, -.35, .26, -.35, .24, .1, -.24, .1)
_HEM = poly(_OFTEN, -.46, .74, .46, .74, .46, .88, -.46, .88)
_COLLAR = _both(_OFTEN, .03, -.72, .16, -.92, .26, -.84, .14, -.6)
_BUTTONS = rod(_OFTEN, 0, -.7, .035, 0, .86, .035), *(disc(_SELDOM, 0, y, .06) for y in (-.45, -.05, .35))
_ZIP = *_strap(_OFTEN, .05, 0, -.85, 0, .9), *_both(_SELDOM, .15, .26, .4, .2, .4, .28, .15, .34)
_OPEN = *_both(_OFTEN, .03, -.2, .1, -.9, .25, -.86, .22, -.5), poly(_SLIT, 0, -.8, .06, .95, -.06, .95)
_SOLE = poly(_TRIM, -.92, .3, .9, .26, .9, .46, -.8, .48)
_BAG = poly(_CLOTH, -.78, -.2, .78, -.2, .86, .75, -.86, .75, grow=.04)
_FOOT = poly(_CLOTH, -.9, .5, -.78, .25, -.1, -.1, .7, -.1, .72, .6, -.85, .64)

GARMENTS = Shapes.of((
    # T-shirt/top
    ((*_SHORT, _BODY, _ROUND, _PRINT), (*_CAP, _SLIM, _VEE, _PRINT),
     (*_strap(_CLOTH, .06, .26, -.9, .26, -.3), *_strap(_CLOTH, .06, -.26, -.9, -.26, -.3),
      poly(_CLOTH, -.3, -.4, .3, -.4, .42, -.3, .44, .86, -.44, .86, -.42, -.3))),
    # Trouser
    ((poly(_CLOTH, -.3, -.92, .3, -.92, .36, -.4, -.36, -.4), *_strap(_OFTEN, .03, -.28, -.86, .28, -.86),
      *_both(_CLOTH, 0, -.5, .3, -.8, .36, -.5, .34, .92, .1, .92)),
     (poly(_CLOTH, -.26, -.92, .26, -.92, .32, -.35, -.32, -.35),
      *_both(_CLOTH, 0, -.5, .26, -.9, .32, -.4, .5, .92, .14, .92)),
     (poly(_CLOTH, -.28, -.92, .28, -.92, .26, .92, -.26, .92), *_strap(_TRIM, .025, 0, -.4, 0, .9))),
    # Pullover
    ((*_LONG, _BODY, _ROUND, _PRINT, _HEM), (*_LOOSE, _BODY, _VEE, _HEM), (*_LONG, _BODY, _TURTLE, _PRINT)),
    # Dress
    ((poly(_CLOTH, -.26, -.9, .26, -.9, .26, -.15, -.26, -.15), _ROUND,
      poly(_CLOTH, -.24, -.25, .24, -.25, .5, .92, -.5, .92), *_strap(_OFTEN, .04, -.24, -.2, .24, -.2)),
     (*_both(_SECOND, .2, -.88, .36, -.8, .6, .2, .48, .25, .28, -.3),
      poly(_CLOTH, -.28, -.9, .28, -.9, .36, .92, -.36, .92), _ROUND),
     (*_both(_SECOND, .14, -.9, .34, -.84, .5, -.5, .3, -.44),
      poly(_CLOTH, -.24, -.92, .24, -.92, .32, -.3, .34, .95, -.34, .95, -.32, -.3), _ROUND, *_BUTTONS)),
    # Coat
    ((*_LONG, _WIDE, *_OPEN), (*_LOOSE, _WIDE, _TURTLE, *_ZIP), (*_LONG, _WIDE, _VEE, *_ZIP)),
    # Sandal
    ((_SOLE, *_strap(_CLOTH, .06, -.7, .28, -.3, .05, -.05, .28),
      *_strap(_OFTEN, .05, -.3, .05, .3, -.25, .85, -.2), poly(_CLOTH, .55, .28, .75, -.2, .9, -.25, .9, .3)),
     (*_strap(_TRIM, .07, -.85, .55, -.2, .45, .7, -.05), rod(_CLOTH, .75, 0, .1, .82, .62, .04),
      *_strap(_CLOTH, .08, -.75, .45, -.4, .15), *_strap(_CLOTH, .05, .1, -.3, .75, -.4, .78, 0)),
     (_SOLE, poly(_CLOTH, -.75, .3, -.55, .05, -.1, -.1, .2, .3), disc(_SLIT, -.3, .15, .09)),
     (poly(_CLOTH, -.9, .35, -.8, .1, -.2, -.14, .8, -.2, .88, .35),
      poly(_HOLE, .2, -.2, .7, -.2, .6, .1, .3, .1), _SOLE, disc(_SLIT, -.4, .1, .08))),
    # Shirt
    ((*_LONG, _BODY, _VEE, *_COLLAR, *_BUTTONS), (*_SHORT, _BODY, _VEE, *_COLLAR, *_BUTTONS),
     (*_LOOSE, _SLIM, _ROUND, *_BUTTONS), (*_CAP, _BODY, _ROUND, *_COLLAR, *_BUTTONS)),
    # Sneaker
    ((poly(_CLOTH, -.9, .35, -.8, .12, -.1, -.22, .3, -.3, .86, -.2, .88, .35), _SOLE,
      poly(_HOLE, .3, -.4, .75, -.36, .55, -.14), *_strap(_OFTEN, .03, -.3, 0, -.14, -.2, -.1, 0, .06, -.2)),
     (poly(_CLOTH, -.92, .35, -.82, .05, -.2, -.12, .7, -.18, .9, 0, .9, .35), _SOLE,
      poly(_SELDOM, -.9, .3, -.8, .08, -.55, .05, -.5, .3)),
     (poly(_CLOTH, .05, -.5, .8, -.54, .8, .3, 0, .3), *_strap(_OFTEN, .03, -.1, 0, .2, -.3),
      poly(_CLOTH, -.9, .35, -.8, .05, .1, -.3, .8, -.1, .84, .35), _SOLE)),
    # Bag
    ((*_strap(_SECOND, .05, -.4, -.2, -.3, -.7, .3, -.7, .4, -.2), _BAG, disc(_SELDOM, 0, .2, .1)),
     (*_strap(_SECOND, .04, -.7, -.1, 0, -.92, .7, -.1), _BAG,
      poly(_OFTEN, -.8, -.2, .8, -.2, .7, .3, -.7, .3)),
     (poly(_CLOTH, -.85, -.45, .85, -.45, .88, .5, -.88, .5), poly(_OFTEN, -.84, -.43, .84, -.43, 0, .2))),
    # Ankle boot
    ((poly(_CLOTH, -.05, -.85, .74, -.88, .72, .5, 0, .5), _FOOT,
      poly(_TRIM, -.9, .56, .78, .52, .78, .7, -.86, .7)),
     (poly(_CLOTH, 0, -.8, .7, -.86, .74, .4, .05, .4), _FOOT, *_strap(_OFTEN, .03, .3, -.7, .3, -.1),
      poly(_TRIM, .35, .5, .74, .5, .72, .88, .45, .88)),
     (poly(_CLOTH, .1, -.45, .8, -.5, .72, .4, -.1, .4), _FOOT,
      poly(_TRIM, -.9, .52, .76, .52, .78, .66, -.86, .66), poly(_SELDOM, .3, -.4, .5, -.4, .5, 0, .3, 0))),
))
# fmt: on
