"""Packs the kubectl plugin for krew: an archive a platform, and the manifest that names them.

Some of the libraries that the plugin needs are compiled, so each platform has its own archive.
"""
