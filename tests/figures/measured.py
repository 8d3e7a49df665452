"""Interfaces and lattice contacts measured once a process, and hostile results for figures."""

from dataclasses import replace

from il2struct.interface.interface import interface_parameters
from il2struct.lattice.measure import measured_contacts
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study

_DONE = {}
_CONTACTS = {}


def measured(named, sc="value"):
    """Interfaces of a named entry, measured once."""
    key = (id(named), sc)
    if key not in _DONE:
        parameters = interface_parameters(sc=sc)
        # The entry is kept beside, so that its id is not given to another.
        _DONE[key] = (named, Study(named).interfaces(parameters=parameters))
    return _DONE[key][1]


def lattice_contacts(named):
    """Contacts in the crystal of a named entry, measured once."""
    if id(named) not in _CONTACTS:
        _CONTACTS[id(named)] = (named, measured_contacts(named))
    return _CONTACTS[id(named)][1]


def renamed(results, entry_id):
    """The same results of an entry of another name."""
    entry = replace(results.named.entry, entry_id=entry_id)
    return InterfaceResults(replace(results.named, entry=entry), results.items)


def axes_named(figure, label):
    """The panels of that label."""
    from il2struct.figures.canvas import all_axes

    return [ax for ax in all_axes(figure) if ax.get_label() == label]


def lines_named(figure, label):
    """The lines of that label, in any panel."""
    from il2struct.figures.canvas import all_axes

    return [x for ax in all_axes(figure) for x in ax.lines if x.get_label() == label]


def texts_of(figure):
    """Every text that is drawn."""
    from audit import visible_texts

    return [text.get_text() for text in visible_texts(figure)]
