"""APIs to schema `raw`: each answer lands as one row a page, as received."""
