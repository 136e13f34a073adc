"""Return calls and complaints."""
