"""A close on paper: vouchers and requests as PDF and XLSX, in the layout that the settings describe."""
