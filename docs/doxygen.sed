# Puts what kevo.h says into Doxygen's words: what a function returns, a list of codes, who may call it, links.
s/^ \* Returns:/ * @return/
s/^ \* Threads:/ * @threads/
s/^ \* (KEVO_[A-Z_]+:)/ * - \1/
/^ *\*/s/(kevo_[a-z]|KEVO_[A-Z])[a-zA-Z_]+/#&/g
