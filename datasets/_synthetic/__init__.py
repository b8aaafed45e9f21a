"""Synthetic data: generated images with the real data sets' shapes, classes and balance.

Images are generated in blocks of 250. Every block has its own random stream, seeded from (data set, split,
block number), so a larger share begins with the smaller one, train and test never share a stream, and the
memory needed beyond the result is that of one block. The same call gives the same bits on the same machine; on
another one the labels are equal, and a pixel may differ by a rounding.

Coordinates are x to the right and y downwards, -1..1 over the image; grey values and colours are float32, 0..1.
A picture under construction is a canvas of shape (C, N, H, W).

`generation` makes whole data sets with the function `draw` of a data set's file. What is drawn are templates: pen strokes (`digits`,
`letters`, `hiragana`), or parts of a shape (`garments`, `objects`, `species`). `strokes`, `handwriting` and `shapes` put them on the
canvas; `noise` varies them.
"""
