"""Insights: what a shop sells, kept as sums that follow from its orders.

It promises:

- every sum is what the orders' events make of it, to the cent, whatever server is killed;
- an event that comes late, twice or out of its order ends in the same sums;
- reading them costs the same for a hundred orders and for a hundred thousand;
- they are made anew beside those in use, from the first order on, however long ago that was.

Its limits: sums are of the moment at which the log was followed, some tenths of a second ago; a day is of
the shop's time zone as it is now, also for the past.
"""

from backstay.products.commerce.insights.contracts.reports import Summary as Summary
from backstay.products.commerce.insights.contracts.reports import TopItem as TopItem
from backstay.products.commerce.insights.contracts.reports import TopList as TopList
from backstay.products.commerce.insights.service import rated as rated
from backstay.products.commerce.insights.service import summary as summary
from backstay.products.commerce.insights.service import top as top
