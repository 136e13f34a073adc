"""The papers that a visit owes: promised with the ops, rendered, signed, kept, and checked when somebody brings one in."""
