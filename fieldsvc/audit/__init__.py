"""The audit book: who looked at and changed what."""
