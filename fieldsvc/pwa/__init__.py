"""The phone app's shell: its page, its service worker, the list of files it needs offline, its words."""
