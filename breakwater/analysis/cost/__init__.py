"""What a stack costs: by the month whatever it is used for, by a million requests or messages, by deployment.

`bill` has all of it. Prices are in `data/prices.json`, each with its source and how sure it is; what has no price is
listed, and never zero.
"""

from breakwater.analysis.cost.billing import Bill, Sum, bill, figures, monthly_by_resource

__all__ = ["Bill", "Sum", "bill", "figures", "monthly_by_resource"]
