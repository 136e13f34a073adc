"""Marks of a visit done for show, signatures that no longer cover the record, and who has taken what up."""
