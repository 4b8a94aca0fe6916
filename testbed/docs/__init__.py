"""The documentation: carried out, written from the code, and made into a site.

`python -m testbed.docs` runs all command blocks of its pages; `testbed.docs.reference` writes
pages, and `testbed.docs.site` lays out what becomes the site.
"""
