"""Planning visits, opening unplanned ones, and what office and technicians may do with one."""
