"""The use cases of insights."""

from backstay.products.commerce.insights.service.checking import agreement as agreement
from backstay.products.commerce.insights.service.periods import period_of as period_of
from backstay.products.commerce.insights.service.periods import today_in as today_in
from backstay.products.commerce.insights.service.projecting import SALES as SALES
from backstay.products.commerce.insights.service.projecting import progress as progress
from backstay.products.commerce.insights.service.ranking import low_stock as low_stock
from backstay.products.commerce.insights.service.ranking import period_of_window as period_of_window
from backstay.products.commerce.insights.service.ranking import rated as rated
from backstay.products.commerce.insights.service.ranking import top as top
from backstay.products.commerce.insights.service.reading import retention as retention
from backstay.products.commerce.insights.service.reading import revenue as revenue
from backstay.products.commerce.insights.service.reading import summary as summary
from backstay.products.commerce.insights.service.tending import tend as tend
