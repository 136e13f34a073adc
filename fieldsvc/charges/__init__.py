"""What is charged at a visit: the company's price list, and the sums of what was taken from it."""
