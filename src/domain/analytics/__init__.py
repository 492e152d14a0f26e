"""How strong it is: formulas, figures, trends and the Social Score."""
