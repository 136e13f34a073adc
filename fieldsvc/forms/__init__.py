"""Forms that people send: none counts twice, and what was typed into a refused one comes back."""
