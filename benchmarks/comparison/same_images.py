"""Which cells were tested on the very same images, so that their answers can be compared image by image."""

from collections.abc import Iterable

from benchmarks.results.schema import CellResult


def by_test_images(cells: Iterable[CellResult]) -> list[list[CellResult]]:
    """Group cells that were tested on the same images, whatever images they were trained on.

    Older runs hash training and test images together. Such a cell joins the group of a newer cell with the same combined
    fingerprint; otherwise it is grouped with other old cells that have it.

    Args:
        cells: Cells of one data set or several.

    Returns:
        The groups in the order of their first cells, each in the order given.
    """
    known = list(cells)
    of_both = {cell.data_fingerprint: cell.test_fingerprint for cell in known if cell.test_fingerprint}
    groups: dict[tuple[object, ...], list[CellResult]] = {}
    for cell in known:
        images = cell.test_fingerprint or of_both.get(cell.data_fingerprint)
        key = (cell.dataset, cell.data_source, cell.test_images, images or f"both {cell.data_fingerprint}")
        groups.setdefault(key, []).append(cell)
    return list(groups.values())


def same_test_images(one: CellResult, two: CellResult) -> bool:
    """Whether two cells were tested on the same images in the same order, as far as their fingerprints tell."""
    return len(by_test_images([one, two])) == 1
