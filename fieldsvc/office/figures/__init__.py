"""What is counted: the dashboard, the reports and their charts."""
