"""What becomes of people's data: who looked at it, how long it stays, what one person may have or have erased."""
