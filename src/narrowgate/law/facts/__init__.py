"""The facts: each derived for all rows at once, each documented where it is derived.

Rules for every fact: False where anything it needs is missing or unknown; nothing here raises for what a request says.
What a request states once is judged once; names, addresses and other texts once per distinct value.

Facts about the request's text take the day of the request (``law/days.py``); facts about who may act now (stays,
safeguards, officers, determinations) take ``circumstances.at``, so that a second look before release sees the present.

===============  ======================================================================
``form``         the request as such: readable, timely, signed, for an allowed purpose
``requester``    who asks, and whether he may: adopted, stayed, registered, verified
``subject``      what is stated of each person: name, address, period, case, reason
``statute``      what statute is designated, and what 8 USC 1253(a)(1) brings
``order``        the court order that a request rests on
===============  ======================================================================
"""

from narrowgate.law.facts import form, order, requester, statute, subject
from narrowgate.law.registry import REGISTER

__all__ = ["REGISTER", "form", "order", "requester", "statute", "subject"]
