; The members that structs and unions declare, with the specifier that declares them.
(struct_specifier
  body: (field_declaration_list
    (field_declaration declarator: (_) @declarator) @member)) @struct

(union_specifier
  body: (field_declaration_list
    (field_declaration declarator: (_) @declarator) @member)) @struct
