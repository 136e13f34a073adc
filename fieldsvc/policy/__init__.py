"""What a company decides about its own work, with the defaults that the trade gives."""
