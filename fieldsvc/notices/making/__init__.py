"""From frozen facts to pages: words, pictures, typefaces, layout, in a process of its own."""
