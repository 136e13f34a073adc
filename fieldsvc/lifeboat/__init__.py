"""Lifeboats: what a phone could not send, brought to the office in one encrypted file (docs/adr/0012-lifeboat.md)."""
