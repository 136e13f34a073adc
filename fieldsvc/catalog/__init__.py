"""What is checked, what can be wrong, and the words for both: checklists, hazard catalogue, texts, the demonstration company."""
