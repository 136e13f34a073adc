"""Papers: the list, printing, handing over and what comes back signed."""
