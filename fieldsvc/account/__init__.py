"""One's own account: password, second factor, sessions; and what an administrator does about somebody else's."""
