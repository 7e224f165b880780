"""Notices: what a shop's customers are told by mail about their orders.

Promises: who pays is told so once, who is sent a parcel, money, or a cancelation likewise; one mail for each
of these however often its event is handed over, and none that speaks of something that was rolled back.
Limits: mails alone, in one language; a shop words them itself in its organization's templates.
"""
