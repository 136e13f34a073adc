"""What a company promises of a visit: by when somebody is there or done, and whether it was kept."""
