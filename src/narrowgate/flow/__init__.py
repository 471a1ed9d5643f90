"""The calls in order: a request's way through the gate, on one screen.

===========  ====================================================================================================
``submit``   read package -> admit -> decide the law, element by element -> hold by policy -> **enter the request**
``linking``  mandate + entered -> link -> shields and budgets -> the one bit -> **enter the answers**
``release``  two officers sign a tranche -> check again -> seal to the engaged officers -> **enter the release**
``rulings``  what two people decided, in force now: parties, staff, packs, stays, shields, records, certificate
``deciding`` a statement, two signatures, its effect, entered
``staying``  a court's order: received, in force, entered; ``watching`` looks out for one while a request is in hand
``holding``  what waits for people: released by two, refused by one
``past``     what was decided before, as it was; ``replaying`` under another edition, a stay or the present code
``viewing``  answers, explanations, receipts: looks of insiders are entered too
===========  ====================================================================================================
"""
