"""Which visit goes to whom on which day: the day's board, campaigns over districts, and visits that plan themselves."""
