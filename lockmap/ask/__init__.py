"""Answers to the questions of a person: why a function, who a field, what a driver."""
