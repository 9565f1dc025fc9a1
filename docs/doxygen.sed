# Puts what kevo.h and kevo.hpp say into Doxygen's words: what a function returns, a list of codes, who may call it,
# links.
s/^ \* Returns:/ * @return/
s/^ \* Threads:/ * @threads/
s/^ \* (KEVO_[A-Z_]+:)/ * - \1/
/^ *(\/\*)?\*/s/(kevo_[a-z]|KEVO_[A-Z])[a-zA-Z_]+/#&/g
# A name with a star stands for many constants, and is that of none.
s/#(KEVO_[A-Z_]+_)\*/\1*/g
# Two forms that kevo.hpp explains once for all are each said to be what they are.
s/^ *(inline )?result<.*> try_([a-z_]+)\(/\/** \2(), which returns its error and does not throw it. *\/ &/
s/^.*\) &&( noexcept)?( \{|$)/\/** The same, of a temporary. *\/ &/
