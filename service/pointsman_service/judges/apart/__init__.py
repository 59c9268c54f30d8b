"""Judges in a process of their own, where a deadline can end them.

On the event loop none can: a judge that computes for a minute, or waits without awaiting, would hold every call of the
service for that long. Plug-ins of other packages always judge apart; those of the service where the texts are long.
"""
