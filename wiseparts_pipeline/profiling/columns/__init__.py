"""What the cells of each column are: how numbers and dates are written, and which types fit."""
