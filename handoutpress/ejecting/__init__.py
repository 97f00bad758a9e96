"""A clinic's own copies of shipped files: made, noted, and compared with what is shipped later.

notes       which shipped text each copy was made from, kept in the clinic's folder
copying     a shipped file into the clinic's folder, never over one that is there
upstream    what has changed in the shipped file since
asking      a name or path as a person types it -> the file that is meant
standing    which copy of a file wins, and why
"""
