"""Work that is done after the answer: one queue, worked by threads of the server or by processes of their own."""
