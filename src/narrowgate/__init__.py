"""Narrowgate: the gate in front of confidential records.

It takes a signed request, checks the law element by element for each person, links the person to the records, and
answers one bit: *confirmed* or *not confirmed* the address that the requester itself supplied.
"""

__version__ = "0.1.0"
