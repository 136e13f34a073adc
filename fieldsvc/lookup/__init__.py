"""The public page behind a notice's QR code: for whoever holds the paper, without a log-in and without personal data."""
