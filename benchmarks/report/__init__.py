"""What people look at: a module a form. Reports are made from saved cells alone and never import TensorFlow."""
