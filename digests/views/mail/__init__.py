"""The pages of mail: subscribing, the links in mails, and what the desk shows and does about it."""
