"""CCT-2/3x2, a compact convolutional transformer: two convolutions make tokens, two encoder layers follow.

Hassani, Walton, Shah, Abuduweili, Li, Shi: Escaping the big data paradigm with compact transformers, 2021,
https://arxiv.org/abs/2104.05704.

From the paper: tokens from two 3x3 convolutions of 64 and 128 filters without bias, each with ReLU and overlapping pooling;
learnable positions; pre-norm encoder layers with two heads of 64 and a hidden layer of 128; stochastic depth up to 0.1; pooling
over the sequence by attention. Deviations: dropout of 0.1 in the hidden layers and none within the attention (the authors' code
has it the other way round); the projection behind the heads and the attention that pools have no biases (the last one's would
have no effect). The authors' network has 0.28 million parameters and reaches 0.8917 on CIFAR-10 after 200 epochs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import initializers, layers

if TYPE_CHECKING:
    from keras import KerasTensor

IN_DEFAULT_GRID = False

WIDTH, HEADS, LAYERS = 128, 2, 2
STOCHASTIC_DEPTH = 0.1
"""Probability that training drops a branch of the last encoder layer; the first drops none."""


@keras.saving.register_keras_serializable(package="models")
class Positions(layers.Layer):  # type: ignore[misc]
    """Adds a learnt vector to each token, by its position."""

    def build(self, input_shape: tuple[int | None, int, int]) -> None:
        """Create the vectors, (tokens, width)."""
        self.positions = self.add_weight(
            shape=input_shape[1:], initializer=initializers.TruncatedNormal(stddev=0.2), name="positions"
        )

    def call(self, tokens: Any) -> Any:
        """Add the vectors to tokens, (batch, tokens, width)."""
        return tokens + self.positions


def build(input_shape: tuple[int, int, int], classes: int = 10) -> keras.Model:
    """Build a network of 280,394 parameters for 28x28x1 and 283,466 for 32x32x3. Shapes below are for 32x32x3."""
    inputs = keras.Input(input_shape)  # 32, 32, 3
    x = _tokenizer(inputs, 64, name="tokens1")  # 16, 16, 64
    x = _tokenizer(x, WIDTH, name="tokens2")  # 8, 8, 128
    x = layers.Reshape((-1, WIDTH), name="sequence")(x)  # 64, 128
    x = Positions(name="positions")(x)  # 64, 128
    for number in range(1, LAYERS + 1):
        rate = STOCHASTIC_DEPTH * (number - 1) / (LAYERS - 1)
        x = _encoder(x, rate, name=f"encoder{number}")  # 64, 128
    x = layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    weights = layers.Dense(1, use_bias=False, kernel_initializer=_normal(), name="attention")(x)  # 64, 1
    weights = layers.Softmax(axis=1, name="attention_softmax")(weights)
    x = layers.Dot(axes=1, name="pool")([weights, x])  # 1, 128
    x = layers.Flatten(name="flatten")(x)  # 128
    x = layers.Dense(classes, activation="softmax", kernel_initializer=_normal(), name="softmax")(x)
    return keras.Model(inputs, x, name="cct")


def _normal() -> Any:
    return initializers.TruncatedNormal(stddev=0.02)


def _tokenizer(x: KerasTensor, filters: int, *, name: str) -> KerasTensor:
    x = layers.Conv2D(
        filters,
        3,
        padding="same",
        use_bias=False,
        activation="relu",
        kernel_initializer="he_normal",
        name=name,
    )(x)
    return layers.MaxPooling2D(3, strides=2, padding="same", name=f"{name}_pool")(x)


def _encoder(x: KerasTensor, rate: float, *, name: str) -> KerasTensor:
    """Apply attention, then a hidden layer, each added to its input; shapes stay (tokens, 128)."""
    y = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_attention_norm")(x)
    y = layers.MultiHeadAttention(
        HEADS, WIDTH // HEADS, use_bias=False, kernel_initializer=_normal(), name=f"{name}_attention"
    )(y, y)
    x = layers.Add(name=f"{name}_attention_add")([x, _depth(y, rate, name=f"{name}_attention_depth")])
    # As in the authors' code, the hidden layer is added to the norm's output.
    x = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_hidden_norm")(x)
    y = layers.Dense(WIDTH, activation="gelu", kernel_initializer=_normal(), name=f"{name}_hidden")(x)
    y = layers.Dropout(0.1, name=f"{name}_hidden_dropout")(y)
    y = layers.Dense(WIDTH, kernel_initializer=_normal(), name=f"{name}_out")(y)
    y = layers.Dropout(0.1, name=f"{name}_out_dropout")(y)
    return layers.Add(name=f"{name}_out_add")([x, _depth(y, rate, name=f"{name}_out_depth")])


def _depth(x: KerasTensor, rate: float, *, name: str) -> KerasTensor:
    """Drop a branch for whole images at this rate (Huang et al. 2016, arXiv 1603.09382)."""
    return layers.Dropout(rate, noise_shape=(None, 1, 1), name=name)(x) if rate else x
