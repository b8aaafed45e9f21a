"""Image data sets under one contract, found by their files: a module here that has no leading underscore is a data set."""
