"""Photos and signature images: uploads that go on where they broke, checked, and kept by their SHA-256."""
