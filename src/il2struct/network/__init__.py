"""Does a contact of the crystal build a network of receptors on the membrane, and what would it do?"""
