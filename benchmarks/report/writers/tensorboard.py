"""`--tensorboard DIR`: TensorBoard's logs of finished cells, a folder a seed: ``DIR/lenet-mnist/seed-0``.

Each epoch is one event: ``loss/train``, ``loss/test``, ``accuracy/train``, ``accuracy/test``, ``learning_rate`` (at the epoch's last step)
and ``images_per_second``; what is not finite is left out. Written from what is saved of a cell, so that nothing of it is timed and cells
that were taken up or trained in a process of their own have their curves too.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.engine.tensorflow import startup
from benchmarks.execution.extra_info import cell_id
from benchmarks.experiment.recipe import Augmentation, Recipe
from benchmarks.results.atomic import write_whole

FILE = "events.out.tfevents.0.cnn-benchmarks"
"""TensorBoard knows its files by the middle of this name; one name, so that a cell that runs again replaces its curves."""
TAGS = {
    "loss": "loss/train",
    "val_loss": "loss/test",
    "accuracy": "accuracy/train",
    "val_accuracy": "accuracy/test",
}
"""What TensorBoard calls the lists of a saved ``history``; of one name they share a chart."""


def write(folder: Path, info: Mapping[str, Any]) -> None:
    """Write the events of a cell's seeds, each file whole or not at all.

    :param info: the cell's ``extra_info``.
    :raises OSError: where nothing can be written.
    """
    for position, seed in enumerate(info["seeds"]):
        path = folder / cell_id(info) / f"seed-{seed}" / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, _records(list(_events(info, position))))


def _records(events: list[tuple[float, int, dict[str, float]]]) -> bytes:
    """TensorFlow's records of the events, after the one that names the format."""
    if "tensorflow" not in sys.modules:
        startup.start()  # nothing was trained here: all was stored, or in processes of their own
    import tensorflow as tf

    # tf.summary.scalar needs the package `tensorboard` (TensorFlow 2.21); what it writes is this.
    proto = tf.compat.v1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        with tf.io.TFRecordWriter(str(path)) as writer:
            writer.write(
                proto.Event(wall_time=events[0][0], file_version="brain.Event:2").SerializeToString()
            )
            for wall_time, epoch, scalars in events:
                values = [proto.Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
                event = proto.Event(wall_time=wall_time, step=epoch, summary=proto.Summary(value=values))
                writer.write(event.SerializeToString())
        return path.read_bytes()


def _events(info: Mapping[str, Any], position: int) -> Iterator[tuple[float, int, dict[str, float]]]:
    """Wall time (seconds since 1970), epoch from 1, and scalars of each epoch."""
    history, recipe = info["history"][position], _recipe(info["recipe"])
    seconds, images = history["seconds"], info["train_images"]
    steps = recipe.steps(images)
    rates = recipe.rates(steps * recipe.epochs)
    # Epochs are placed by their seconds of training, so that the last ends when the seed was finished.
    end = datetime.fromisoformat(info["measured_at"][position]).timestamp()
    for epoch, passed in enumerate(accumulate(seconds), 1):
        scalars = {tag: history[key][epoch - 1] for key, tag in TAGS.items()}
        scalars |= {
            "learning_rate": float(rates[epoch * steps - 1]),
            "images_per_second": images / seconds[epoch - 1],
        }
        found = {tag: value for tag, value in scalars.items() if value is not None}
        yield end - sum(seconds) + passed, epoch, found


def _recipe(saved: Mapping[str, Any]) -> Recipe:
    augmentation = saved["augmentation"]
    return Recipe(**{**saved, "augmentation": None if augmentation is None else Augmentation(**augmentation)})
