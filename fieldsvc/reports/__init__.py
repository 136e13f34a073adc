"""What the company has done, counted: by day, person, district, kind and how it ended."""
