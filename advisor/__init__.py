"""Sales-conduct advice that quotes company policy and says whom to take it to."""

__version__ = "0.1.0"
