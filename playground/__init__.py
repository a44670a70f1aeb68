"""The playground: a blog served with Ariadne and SQLAlchemy, to try every feature.

It uses only what the three packages export, as an application of anyone's would.
"""
