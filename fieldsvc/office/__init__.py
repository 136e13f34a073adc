"""The office's pages: what happened today, every visit, hazards, notices, people, and what needs a person."""
